"""Who may do what: as Django has it, remembered until a group or a right changes."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q

from memory.tables import remembered


class RememberingBackend(ModelBackend):
    """Django's own backend, which asks for a user's permissions with every page, asking once."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """The permissions of a user, "goals.view_target" and so on."""
        if obj is not None or not isinstance(user_obj, User) or not user_obj.is_active or user_obj.is_superuser:
            return super().get_all_permissions(user_obj, obj)
        known = vars(user_obj)
        if "_perm_cache" not in known:  # as Django does it: where nothing is remembered a page still asks once
            known["_perm_cache"] = set(permissions_of(user_obj))
        return known["_perm_cache"]  # type: ignore[no-any-return]


@remembered(User.groups.through, User.user_permissions.through, Group.permissions.through, most=1000)
def permissions_of(user: User) -> tuple[str, ...]:
    """What a user may do, themselves or by their groups, in order: Django's own backend asks for each apart."""
    theirs, of_groups = user.user_permissions.values("pk"), Permission.objects.filter(group__in=user.groups.all())
    rights = Permission.objects.filter(Q(pk__in=theirs) | Q(pk__in=of_groups.values("pk"))).order_by()
    return tuple(sorted(f"{app}.{name}" for app, name in rights.values_list("content_type__app_label", "codename")))
