"""The one table of the wiring: a row moves whenever anything that the pages show was changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DataChange(models.Model):
    """A trace of a committed change, written by triggers (see `data_version`); never written from here."""

    table_name = models.CharField(max_length=63)

    class Meta:
        verbose_name = verbose_name_plural = _("改动痕迹")

    def __str__(self) -> str:
        return f"{self.pk} {self.table_name}"
