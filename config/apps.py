"""The wiring as a Django app, so that its commands are found, and the admin with our own site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class ConfigConfig(AppConfig):
    """Holds the commands that need every room, and watches what they store."""

    name = "config"
    verbose_name = _("系统")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from config.data_version import let_columns_change, watch_tables

        pre_migrate.connect(let_columns_change, sender=self)
        post_migrate.connect(watch_tables, sender=self)


class DabiaoAdminConfig(AdminConfig):
    """Django admin in the clothes of unfold."""

    default_site = "config.admin_site.DabiaoAdminSite"
