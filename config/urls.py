"""Every address of the application."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from django.views.i18n import set_language

urlpatterns = [
    path("sign-in/", LoginView.as_view(template_name="registration/sign_in.html"), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("language/", login_not_required(set_language), name="set_language"),
    path("admin/", admin.site.urls),
    path("data/", include("ingest.urls")),
    path("reports/", include("reports.urls")),
    path("", include("goals.urls")),
]

handler400 = "goals.views.bad_request"
