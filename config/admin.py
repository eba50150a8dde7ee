"""People, roles and when tasks run, in the clothes and the language of the other admin pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cron_descriptor import Options, get_description
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import ManyToManyField, QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django_celery_beat import models as schedules
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

admin.site.unregister(User)
admin.site.unregister(Group)

#: What a right that Django itself makes for every table allows; its name is English and stored as it was made.
_ALLOWS = {"add": _("新增"), "change": _("修改"), "delete": _("删除"), "view": _("查看")}


class RightsField(ModelMultipleChoiceField[Permission]):
    """Rights to choose from, named in the language of the page."""

    def label_from_instance(self, obj: Permission) -> str:
        """The room and the table that a right is about, and what it allows."""
        verb, _end, _table = obj.codename.partition("_")
        own = obj.name.startswith("Can ") and verb in _ALLOWS
        return f"{obj.content_type} | {_ALLOWS[verb] if own else gettext(obj.name)}"


class _WithRights(ModelAdmin):
    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField[Any] | None:
        """Rights are named by `RightsField`."""
        if db_field.remote_field.model is Permission:
            kwargs["form_class"] = RightsField
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(User)
class UserAdmin(BaseUserAdmin[User], _WithRights):
    """People. Who leaves is no longer active: what they signed keeps its name."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(Group)
class GroupAdmin(BaseGroupAdmin, _WithRights):
    """Roles."""

    def get_deleted_objects(
        self, objs: QuerySet[Group] | Sequence[Group], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """A role goes alone: Django would list a line for each link to a right or a person."""
        return [str(role) for role in objs], {str(self.opts.verbose_name_plural): len(objs)}, set(), []


def _times_in_words(expression: str) -> str:
    """When a task runs, in the language of the page: the package would say it in the machine's."""
    options = Options()
    options.locale_code = "en_US" if get_language() == "en" else "zh_CN"
    options.use_24hour_time_format = True
    return get_description(expression, options)


def _role(role: Group) -> str:
    """The roles that the application brings have names in both languages."""
    return gettext(role.name)


Group.add_to_class("__str__", _role)
vars(schedules).update(get_description=_times_in_words)
vars(schedules.CrontabSchedule)["human_readable"].fget.short_description = _("执行时间")
schedules.PeriodicTask._meta.get_field("task").verbose_name = _("任务的代码")


@admin.display(description=_("名称"), ordering="name")
def _task_in_words(task: Any) -> str:
    """Our own tasks (`CELERY_BEAT_SCHEDULE`) are kept by English names."""
    return gettext(task.name)


_tasks = admin.site._registry[schedules.PeriodicTask]
_tasks.list_display = [_task_in_words, *_tasks.list_display[1:]]
