"""What a clerk hands in, checked before anything is kept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from ingest.readers import LAYOUTS


class _SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class _SeveralFilesField(forms.FileField):
    """Several files at once; each is checked like one."""

    widget = _SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(_SeveralFilesField, self).clean(file, initial) for file in files]


def layout_choices() -> list[tuple[str, str]]:
    """The known layouts in the language of the page."""
    english = (get_language() or "").startswith("en")
    named = [(layout.name, layout.title_en if english else layout.title_zh) for layout in LAYOUTS]
    return [("", gettext("按内容识别")), *named]


class UploadForm(forms.Form):
    """Files, and the layout where it cannot be recognised."""

    documents = _SeveralFilesField(label=_("文件"), allow_empty_file=True)
    reader = forms.ChoiceField(label=_("版式"), required=False, choices=layout_choices)

    def clean_documents(self) -> list[UploadedFile[Any]]:
        files: list[UploadedFile[Any]] = self.cleaned_data["documents"]
        for file in files:
            if file.size is not None and file.size > settings.SUBMISSION_MAX_BYTES:
                raise forms.ValidationError(
                    _("%(name)s 超过 %(limit)d MB，请按月或按日拆开。"),
                    params={"name": file.name, "limit": settings.SUBMISSION_MAX_BYTES // 1024**2},
                )
        return files
