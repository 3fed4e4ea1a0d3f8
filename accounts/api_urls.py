"""Addresses of the tokens in the API."""

from django.urls import path

from accounts import api

urlpatterns = [
    path("tokens", api.Tokens.as_view(), name="api_tokens"),
    path("tokens/<int:pk>", api.Token.as_view(), name="api_token"),
]
