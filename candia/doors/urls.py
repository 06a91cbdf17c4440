"""The addresses of the doors: the interfaces that programs and other cities rely on."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
