from typing import Any

from django.db import models

class PeriodicTaskManager(models.Manager[Any]): ...
