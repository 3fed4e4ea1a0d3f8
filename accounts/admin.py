"""People, groups and tokens in the admin; who may look is said by roles alone."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts import services
from accounts.models import ApiToken, LoginLink
from accounts.roles import may


class ByRole:
    """Rights in the admin by role, in place of Django's table of permissions.

    A person with `view_role` sees the rows; `change_role` may change them, None says
    that nobody may. Being staff is asked for besides, by the admin itself.
    """

    view_role: ClassVar[str] = "viewer"
    change_role: ClassVar[str | None] = None

    def _may_change(self, request: HttpRequest) -> bool:
        return self.change_role is not None and may(request.user, self.change_role)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the app is listed."""
        return may(request.user, self.view_role)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether rows are shown."""
        return may(request.user, self.view_role)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether rows can be added."""
        return self._may_change(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether rows can be changed."""
        return self._may_change(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether rows can be deleted."""
        return self._may_change(request)


admin.site.unregister([User, Group])


@admin.register(User)
class PersonAdmin(ByRole, UserAdmin, ModelAdmin):
    """People and their roles; a role is a group.

    Superuser and single permissions can't be given here: the admin role suffices, and
    who has it must not be able to rise above it.
    """

    view_role = "admin"
    change_role = "admin"
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "roles", "is_active", "is_staff", "last_login")
    list_filter = ("groups", "is_active", "is_staff")
    filter_horizontal = ()
    actions = ("make_login_link",)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Who", {"fields": ("first_name", "last_name", "email")}),
        ("May", {"fields": ("is_active", "is_staff", "groups")}),
        ("When", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """People with their groups, in two queries."""
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="Roles")
    def roles(self, person: User) -> str:
        """The groups a person is in."""
        return ", ".join(group.name for group in person.groups.all()) or "none"

    @admin.action(description="Make a one-time login link (one person)")
    def make_login_link(
        self, request: HttpRequest, people: QuerySet[User]
    ) -> HttpResponse | None:
        """Show a link, this once, to hand to the person; earlier ones end."""
        chosen = list(people.filter(is_active=True, is_superuser=False)[:2])
        if len(chosen) != 1 or not self._may_change(request):
            self.message_user(request, "Choose one active person.", level="error")
            return None
        secret = services.make_login_link(username=chosen[0].username)
        address = request.build_absolute_uri(reverse("login_link", args=[secret]))
        context = {
            **self.admin_site.each_context(request),
            "title": "Login link",
            "person": chosen[0],
            "address": address,
            "hours": LoginLink.LASTS.total_seconds() / 3600,
        }
        return TemplateResponse(request, "accounts/admin_link.html", context)


@admin.register(Group)
class RoleAdmin(ByRole, GroupAdmin, ModelAdmin):
    """The roles; the four are made by a migration and mean what `roles.py` says."""

    view_role = "admin"
    fields = ("name",)
    filter_horizontal = ()


@admin.register(ApiToken)
class TokenAdmin(ByRole, ModelAdmin):
    """Everybody's tokens: whose, for what, until when. Their secrets are not stored."""

    view_role = "admin"
    list_display = (
        "name",
        "user",
        "scopes",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    list_select_related = ("user",)
    list_filter = ("revoked_at",)
    search_fields = ("name", "user__username")
    actions = ("revoke",)
    fields = (*list_display,)

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        """End the chosen tokens."""
        if not may(request.user, "admin"):
            return
        for token in tokens:
            services.revoke_token(token=token)
        self.message_user(request, f"{len(tokens)} tokens are revoked.")
