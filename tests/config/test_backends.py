"""What a user may do: as Django's own backend has it, in one query, which a page asks once."""

from __future__ import annotations

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.backends import RememberingBackend, permissions_of
from config.roles import ROLES

pytestmark = pytest.mark.django_db


def _with(user: User, *own: str) -> User:
    user.user_permissions.set(Permission.objects.filter(codename__in=own))
    return user


@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize("own", [(), ("add_target",), ("add_target", "view_target", "delete_site")])
@pytest.mark.parametrize("is_active", [True, False])
def test_the_rights_are_those_of_djangos_own_backend(role, own, is_active, django_assert_num_queries):
    user = _with(User.objects.create_user("x", is_active=is_active), *own)
    user.groups.set(Group.objects.filter(name=ROLES[role].group))
    expected = ModelBackend().get_all_permissions(User.objects.get(pk=user.pk))
    with django_assert_num_queries(1 if is_active else 0):
        assert RememberingBackend().get_all_permissions(user) == expected
    assert bool(expected) == is_active


def test_nobody_may_do_anything():
    assert RememberingBackend().get_all_permissions(AnonymousUser()) == set()


def test_of_several_groups_each_right_counts_once():
    user = _with(User.objects.create_user("x"), "view_target")
    user.groups.set(Group.objects.all())
    found = permissions_of(user)
    assert list(found) == sorted(set(found))
    assert len(found) > 20
    assert "goals.view_target" in found


@pytest.mark.parametrize("path", ["/", "/alerts/", "/plans/new/"])
def test_a_page_asks_for_the_rights_once_be_it_kept_or_not(client_of, path):
    client = client_of("guanli")
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    assert sum('FROM "auth_permission"' in query["sql"] for query in asked.captured_queries) == 1
