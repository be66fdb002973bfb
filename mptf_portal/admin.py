"""Accounts of the secretariat: who is invited, with which roles, and how they sign in."""

from collections.abc import Callable
from functools import partial
from typing import Any

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mptf_portal.accounts.entrance import FACTORS
from mptf_portal.accounts.forms import InviteForm
from mptf_portal.accounts.invitations import NotSentError, invite
from mptf_portal.accounts.removal import remove_second_factors
from mptf_portal.accounts.roles import ROLES
from mptf_portal.editing import KeptRows

admin.site.index_title = gettext_lazy("What waits today")
admin.site.enable_nav_sidebar = False  # lists need the room; the first page leads everywhere

for model in (User, Group, EmailAddress, Authenticator):  # the last holds secrets: nobody reads it
    admin.site.unregister(model)


@admin.register(User)
class StaffAdmin(KeptRows, UserAdmin):
    """People who leave become inactive: history goes on saying who did what."""

    form = forms.ModelForm
    add_form = InviteForm
    add_form_template = "admin/account/form.html"
    change_form_template = "admin/account/form.html"
    add_fieldsets = [(None, {"fields": ["email", "first_name", "last_name", "groups"]})]
    fieldsets = [
        (None, {"fields": ["email", "first_name", "last_name", "groups", "is_active"]}),
        (_("Sign-in"), {"fields": ["second_factor", "last_login", "date_joined"]}),
        (_("Emergencies"), {"fields": ["is_superuser"]}),
    ]
    filter_horizontal = ()
    list_display = ["email", "name", "roles", "is_active", "has_second_factor", "last_login"]
    list_display_links = ["email"]
    list_filter = ["is_active", "groups", "is_superuser"]
    search_fields = ["email", "first_name", "last_name"]
    ordering = ["email"]
    actions = None

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """Return the accounts with their roles, and whether each has a second factor."""
        factors = Authenticator.objects.filter(user=models.OuterRef("pk"), type__in=FACTORS)
        accounts = super().get_queryset(request).prefetch_related("groups")
        return accounts.annotate(enrolled=models.Exists(factors))

    @admin.display(description=gettext_lazy("name"), ordering="last_name")
    def name(self, user: User) -> str:
        """Return the person's name."""
        return user.get_full_name()

    @admin.display(description=gettext_lazy("roles"))
    def roles(self, user: User) -> str:
        """Return the names of the roles."""
        return _names(user) + (_(" (superuser)") if user.is_superuser else "")

    @admin.display(description=gettext_lazy("second factor"), boolean=True, ordering="enrolled")
    def has_second_factor(self, user: User) -> bool:
        """Tell whether a second factor is enrolled."""
        return user.enrolled

    @admin.display(description=gettext_lazy("second factor"))
    def second_factor(self, user: User) -> str:
        """Return what is enrolled, and since when."""
        factors = Authenticator.objects.filter(user=user).order_by("created_at")
        said = [f"{one.get_type_display()}, {one.created_at:%Y-%m-%d}" for one in factors]
        return "; ".join(said) or _("none yet: asked for at the next sign-in")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> list:
        """Show superusers alone what makes a superuser."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is None or request.user.is_superuser else fieldsets[:-1]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Let nobody change their own powers, nor anybody an address: that is another account."""
        if obj is None:
            return ()
        own = ("groups", "is_active", "is_superuser") if obj == request.user else ()
        return ("email", "second_factor", "last_login", "date_joined", *own)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Leave superusers' accounts to superusers."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or request.user.is_superuser or not obj.is_superuser)

    def formfield_for_manytomany(
        self, db_field: models.ManyToManyField, request: HttpRequest, **options: Any
    ) -> Any:
        """Show the roles as boxes to tick, each with what it does."""
        field = super().formfield_for_manytomany(db_field, request, **options)
        if db_field.name == "groups":
            does = {role.name: role.does for role in ROLES}
            field.widget = forms.CheckboxSelectMultiple(choices=field.choices)
            field.label, field.help_text = _("Roles"), ""
            field.label_from_instance = lambda one: f"{one.name}: {does.get(one.name, '')}"
        return field

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Open to somebody who proved a moment ago who they are."""
        raise_if_reauthentication_required(request, app="mptf_portal")
        return super().changeform_view(request, *args, **kwargs)

    def save_related(
        self,
        request: HttpRequest,
        form: forms.ModelForm,
        formsets: list,
        change: bool,  # noqa: FBT001 (Django's signature)
    ) -> None:
        """Keep who changed roles, from what to what; invite whoever is new."""
        user, before = form.instance, _names(form.instance) if change else ""
        super().save_related(request, form, formsets, change)
        if before != (after := _names(user)):
            none = _("none")
            self.log_change(request, user, f"{_('Roles')}: {before or none} → {after or none}")
        if not change:
            transaction.on_commit(partial(self.invite, request, user))

    # Acts

    def get_urls(self) -> list[URLPattern]:
        """Add the address of each act, and take out the page that sets another's password."""
        own = [
            path(
                f"<id>/{name}/",
                self.admin_site.admin_view(partial(self.act_view, name=name)),
                name=f"auth_user_{name}",
            )
            for name in ACTS
        ]
        stock = [one for one in super().get_urls() if one.name != "auth_user_password_change"]
        return own + stock

    def acts(self, request: HttpRequest, user: User) -> dict[str, str]:
        """Return what the user may do with the account: name in addresses, label."""
        if not self.has_change_permission(request, user):
            return {}
        return {name: label for name, (label, offered) in ACTS.items() if offered(request, user)}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the acts above the form."""
        user = self.get_object(request, object_id)
        acts = self.acts(request, user) if user else {}
        links = [
            (label, reverse(f"admin:auth_user_{name}", args=[object_id]))
            for name, label in acts.items()
        ]
        return super().change_view(
            request, object_id, form_url, (extra_context or {}) | {"acts": links}
        )

    def act_view(self, request: HttpRequest, id: str, name: str) -> HttpResponse:  # noqa: A002
        """Ask to confirm an act on an account, and do it."""
        user = self.get_object(request, id)
        if user is None:
            raise Http404
        if name not in self.acts(request, user):
            raise PermissionDenied
        raise_if_reauthentication_required(request, app="mptf_portal")
        back = reverse("admin:auth_user_change", args=[user.pk])
        if request.method == "POST":
            getattr(self, name.replace("-", "_"))(request, user)
            return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": ACTS[name][0],
            "opts": self.opts,
            "original": user,
            "back": back,
            "form": forms.Form(),
            "act": name,
        }
        return TemplateResponse(request, "admin/account/act.html", context)

    def invite(self, request: HttpRequest, user: User) -> None:
        """Mail the invitation, and keep that it was sent; or say that none was."""
        try:
            invite(user)
        except NotSentError:
            said = _(
                "No mail could be sent, so %(email)s knows nothing of the account yet. Once the "
                "portal can send mail, open the account and choose “Send the invitation again”."
            )
            messages.warning(request, said % {"email": user.email})
        else:
            self.log_change(request, user, _("Invited"))
            messages.success(request, _("An invitation is on its way to %s.") % user.email)

    def remove_factors(self, request: HttpRequest, user: User) -> None:
        """Remove every second factor of somebody else, and keep that it was done."""
        with transaction.atomic():
            remove_second_factors(user)
            self.log_change(request, user, _("Second factor removed"))
        messages.success(request, _("Removed. A new one is asked for at the next sign-in."))


def _names(user: User) -> str:
    return ", ".join(sorted(group.name for group in user.groups.all()))


# What is done to an account beside editing it: label, and where it is offered.
ACTS: dict[str, tuple[str, Callable[[HttpRequest, User], bool]]] = {
    "invite": (
        gettext_lazy("Send the invitation again"),
        lambda _request, user: user.is_active and not user.has_usable_password(),
    ),
    "remove-factors": (
        gettext_lazy("Remove the second factor"),
        lambda request, user: (
            user != request.user and Authenticator.objects.filter(user=user).exists()
        ),
    ),
}


@admin.register(Group)
class RoleAdmin(KeptRows, GroupAdmin):
    """What a role may do is written in code, see `mptf_portal.accounts.roles`; here it is read."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False
