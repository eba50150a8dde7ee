"""The daily e-mail of new alerts, for those who asked for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from smtplib import SMTPException

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from goals.models import Alert, DigestSubscription
from goals.sentences import alert_sentence

logger = logging.getLogger(__name__)


def subscribe(user: User, *, wants: bool) -> None:
    """Begin or end somebody's daily mail; what was raised before is not sent."""
    if wants:
        DigestSubscription.objects.get_or_create(user=user, defaults={"sent_until": timezone.now()})
    else:
        DigestSubscription.objects.filter(user=user).delete()


def send_digests(now: datetime) -> int:
    """One mail to each subscriber who may see alerts and has new ones; returns how many were sent.

    What a mail server refuses is tried again the next time, and keeps nobody else from theirs: a subscriber's mark
    moves only after the mail has gone.
    """
    sent = 0
    for subscription in DigestSubscription.objects.select_related("user").filter(user__is_active=True):
        user = subscription.user
        if not user.email or not user.has_perm("goals.view_alert"):
            continue
        alerts = list(
            Alert.objects.filter(raised_at__gt=subscription.sent_until, raised_at__lte=now, closed_at__isnull=True)
            .select_related("target__plan__region", "target__indicator", "site")
            .order_by("raised_on", "id")
        )
        if alerts:
            try:
                with translation.override(settings.LANGUAGE_CODE):
                    send_mail(_subject(alerts), _body(alerts), settings.DEFAULT_FROM_EMAIL, [user.email])
            except (OSError, SMTPException):
                logger.exception("the mail of new alerts to %s was refused; it is tried again", user)
                continue
            sent += 1
        subscription.sent_until = now
        subscription.save(update_fields=["sent_until"])
    return sent


def _subject(alerts: Sequence[Alert]) -> str:
    return ngettext("达标：%(count)d条新预警", "达标：%(count)d条新预警", len(alerts)) % {"count": len(alerts)}


def _body(alerts: Sequence[Alert]) -> str:
    lines = [f"{alert.raised_on:%Y-%m-%d}  {alert_sentence(alert)}" for alert in alerts]
    if any(alert.simulated for alert in alerts):
        lines.append(_("含模拟数据，不代表任何地区实际情况。"))
    return "\n".join([*lines, "", _("在“预警”页知悉、说明、关闭。")])
