"""All addresses of the site."""

from django.contrib import admin
from django.urls import include, path

from accounts.views import admin_login
from sigma_site import health_views

urlpatterns = [
    path("healthz", health_views.healthz, name="healthz"),
    path("healthz/live", health_views.live, name="healthz_live"),
    path("health/", health_views.health, name="health"),
    path("api/", include("sigma_site.api_urls")),
    path("admin/login/", admin_login),  # before the admin's own
    path("admin/", admin.site.urls),
    path("builder/", include("builder.urls")),
    path("", include("accounts.urls")),
    path("", include("signals.urls")),
]

handler400 = "sigma_site.errors.bad_request"
handler403 = "sigma_site.errors.permission_denied"
handler404 = "sigma_site.errors.page_not_found"
handler500 = "sigma_site.errors.server_error"
