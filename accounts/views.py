"""Logging in and out, choosing a password, and the page of one's API tokens."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts import carried, lockout, services
from accounts.forms import TokenForm
from accounts.login_form import LoginForm
from accounts.models import ApiToken
from accounts.roles import requires

#: in the session of a person who came by a login link: the old password isn't asked
PASSWORD_DUE = "password_due"  # noqa: S105 # the name of a session key
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


class Login(LoginView):
    """Name and password; 429 when the tries have run out."""

    template_name = "accounts/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        """In; what was sent before the login waits for its button."""
        fields = carried.unpacked(self.request.POST.get(carried.FIELD, ""))
        address = self.get_redirect_url()
        response = super().form_valid(form)
        if not (fields and address):
            return response
        context = {"fields": fields, "address": address}
        return render(self.request, "accounts/carried.html", context)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With what is carried, after a wrong password too."""
        text = self.request.POST.get(carried.FIELD, "")[: carried.MOST]
        return super().get_context_data(**kwargs) | {carried.FIELD: text}

    def form_invalid(self, form: Any) -> HttpResponse:
        """The page again, with what was wrong."""
        response = super().form_invalid(form)
        if form.is_locked:
            response.status_code = 429
            response["Retry-After"] = str(int(lockout.WINDOW.total_seconds()))
        return response


def admin_login(request: HttpRequest) -> HttpResponse:
    """The admin's way in is everybody's, with its one limit on wrong passwords."""
    if request.user.is_authenticated:
        raise PermissionDenied("The admin is for staff.")
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


@never_cache
@sensitive_variables("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def login_link(request: HttpRequest, secret: str) -> HttpResponse:
    """A one-time way in: looking shows a button, pressing it uses the link up.

    Mail and chat programs look at links before people do, so looking must be free.
    """
    if request.method != "POST":
        link = services.find_login_link(secret)
        return render(request, "accounts/login_link.html", {"link": link})
    user = services.use_login_link(secret)
    if user is None:
        return render(request, "accounts/login_link.html", {"link": None})
    login(request, user, backend=MODEL_BACKEND)
    request.session[PASSWORD_DUE] = True
    return redirect("set_password")


@never_cache
@login_required
def set_password(request: HttpRequest) -> HttpResponse:
    """Choose a password; the old one is asked for unless a login link was used."""
    user: User = request.user  # type: ignore[assignment] # login_required
    free = request.session.get(PASSWORD_DUE) or not user.has_usable_password()
    kind = SetPasswordForm if free else PasswordChangeForm
    form = kind(user, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/set_password.html", {"form": form})
    form.save()
    request.session.pop(PASSWORD_DUE, None)
    update_session_auth_hash(request, user)
    messages.success(request, "Password saved. Use it from now on.")
    return redirect("today")


@never_cache
@requires("viewer")
def tokens(request: HttpRequest) -> HttpResponse:
    """A person's own tokens; a new one shows its secret in this answer alone."""
    user: User = request.user  # type: ignore[assignment] # requires a role
    form = TokenForm(request.POST or None, user=user)
    made = secret = None
    if request.method == "POST" and form.is_valid():
        made, secret = services.create_token(
            user=user,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            lasts=form.lasts,
        )
        form = TokenForm(user=user)
    held = ApiToken.objects.filter(user=user).order_by("-pk")
    context = {"form": form, "tokens": held, "made": made, "secret": secret}
    return render(request, "accounts/tokens.html", context)


@require_POST
@requires("viewer")
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own tokens."""
    token = get_object_or_404(ApiToken, pk=pk, user=request.user)
    services.revoke_token(token=token)
    messages.success(request, f"Token “{token.name}” is revoked.")
    return redirect("tokens")
