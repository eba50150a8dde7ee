"""A decimal kept as it was printed ("25.0" stays "25.0" on every database), and a secret kept encrypted."""

from __future__ import annotations

import base64
import hashlib
from decimal import Decimal, InvalidOperation
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


class PrintedDecimalField(models.CharField[Decimal | str | int | None, Decimal | None]):
    """A decimal stored as its printed digits; null is unknown. Never compared or summed in SQL."""

    description = "a decimal as printed"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 30)
        super().__init__(*args, **kwargs)
        self.validators = []  # a CharField's would measure the length of a Decimal

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        if value is not None and len(f"{value:f}") > (self.max_length or 0):
            raise ValidationError(_("“%(value)s”位数太多。"), params={"value": value})

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Decimal | None:
        return None if value is None else Decimal(value)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or value == "":
            return None
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation as error:
            raise ValidationError(_("“%(value)s”不是数字。"), params={"value": value}) from error
        if not number.is_finite():
            raise ValidationError(_("“%(value)s”不是数字。"), params={"value": value})
        return number

    def get_prep_value(self, value: Any) -> str | None:
        number = self.to_python(value)
        return None if number is None else f"{number:f}"

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj)) or ""


class EncryptedTextField(models.TextField[str, str]):
    """A text that stands encrypted in the database, under a key that follows from SECRET_KEY.

    What was encrypted under another key reads as empty: it has to be entered again.
    """

    description = "a text kept encrypted"

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str:
        if not value:
            return ""
        try:
            return _cipher().decrypt(value.encode()).decode()
        except InvalidToken:
            return ""

    def get_prep_value(self, value: Any) -> str:
        return _cipher().encrypt(str(value).encode()).decode() if value else ""


def _cipher() -> Fernet:
    digest = hashlib.sha256(b"indicators.fields.EncryptedTextField" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
