"""Accounts of the secretariat."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest

from mptf_portal.editing import NeverDeleted

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class StaffAdmin(NeverDeleted, UserAdmin):
    """People who leave become inactive: history goes on saying who did what."""

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Let superusers alone hand out permissions: nobody makes themselves an approver."""
        readonly = tuple(super().get_readonly_fields(request, obj))
        powers = () if request.user.is_superuser else ("is_superuser", "groups", "user_permissions")
        return (*readonly, *powers)


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    """What a group may do is a superuser's to say."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow superusers."""
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:  # noqa: ARG002
        """Allow superusers."""
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:  # noqa: ARG002
        """Allow superusers."""
        return request.user.is_superuser
