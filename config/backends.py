"""Who may do what: as Django has it, remembered until a group or a right changes."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Group, User

from memory.tables import remembered


class RememberingBackend(ModelBackend):
    """Django's own backend, which asks for a user's permissions with every page, asking once."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """The permissions of a user, "goals.view_target" and so on."""
        if obj is not None or not isinstance(user_obj, User) or not user_obj.is_active or user_obj.is_superuser:
            return super().get_all_permissions(user_obj, obj)
        return set(permissions_of(user_obj))


@remembered(User.groups.through, User.user_permissions.through, Group.permissions.through, most=1000)
def permissions_of(user: User | AnonymousUser) -> tuple[str, ...]:
    """What a user may do, in order."""
    return tuple(sorted(ModelBackend().get_all_permissions(user)))
