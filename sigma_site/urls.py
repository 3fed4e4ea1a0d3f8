"""All addresses of the site."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from sigma_site import health_views

urlpatterns = [
    path("healthz", health_views.healthz, name="healthz"),
    path("healthz/live", health_views.live, name="healthz_live"),
    path("health/", health_views.health, name="health"),
    path("api/", include("sigma_site.api_urls")),
    # one way in, with one limit on wrong passwords: not the admin's own
    path(
        "admin/login/",
        RedirectView.as_view(pattern_name="login", query_string=True),
    ),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("signals.urls")),
]

handler400 = "sigma_site.errors.bad_request"
handler403 = "sigma_site.errors.permission_denied"
handler404 = "sigma_site.errors.page_not_found"
handler500 = "sigma_site.errors.server_error"
