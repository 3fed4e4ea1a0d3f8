"""What the admin does not show: the queue's rows, as one of them could run any code."""

from django.contrib import admin
from django_q.models import Failure, OrmQ, Schedule, Success

for kind in (Schedule, Success, Failure, OrmQ):
    if admin.site.is_registered(kind):
        admin.site.unregister(kind)
