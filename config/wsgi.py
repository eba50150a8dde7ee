"""The WSGI application for gunicorn."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

# What the program is made of stays for good: looking through it again and again for garbage, as the collector does with
# every few thousand rows that a page reads, took a third of a large page's time.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
