"""The wiring as a Django app, so that its commands are found, and the admin with our own site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConfigConfig(AppConfig):
    """Holds the commands that need every room."""

    name = "config"


class DabiaoAdminConfig(AdminConfig):
    """Django admin in the clothes of unfold."""

    default_site = "config.admin_site.DabiaoAdminSite"
