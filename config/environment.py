"""Reading the settings from the environment: pure functions, so that each refusal can be tested."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REQUIRED_WHEN_SERVED = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "DABIAO_DATA_DIR")


class SettingMissingError(Exception):
    """A setting that production needs is not in the environment."""


@dataclass(frozen=True)
class Environment:
    """What the environment says. Without a database and a broker in it, everything runs embedded in one process."""

    served: bool
    data_dir: Path
    database_url: str
    redis_url: str
    secret_key: str
    allowed_hosts: tuple[str, ...]


def read_environment(variables: Mapping[str, str], base_dir: Path) -> Environment:
    """The settings from environment variables.

    Naming a database or a broker means production: then every one of REQUIRED_WHEN_SERVED must be there.
    Raises SettingMissingError with a sentence that says what is missing and what to do.
    """
    served = bool(variables.get("DATABASE_URL") or variables.get("REDIS_URL"))
    if served:
        missing = [name for name in REQUIRED_WHEN_SERVED if not variables.get(name)]
        if missing:
            raise SettingMissingError(
                f"生产运行缺少环境变量 {'、'.join(missing)}。请在环境中设置后再启动（docker-compose.yml 有例）；"
                f"若只想试用，请去掉 DATABASE_URL 与 REDIS_URL。"
                f" / Missing in the environment: {', '.join(missing)}. Set them (docker-compose.yml has an example), "
                f"or unset DATABASE_URL and REDIS_URL to run embedded."
            )
    data_dir = Path(variables.get("DABIAO_DATA_DIR") or base_dir / "var").resolve()
    return Environment(
        served=served,
        data_dir=data_dir,
        database_url=variables.get("DATABASE_URL", ""),
        redis_url=variables.get("REDIS_URL", ""),
        secret_key=variables.get("SECRET_KEY") or _own_key(data_dir),
        allowed_hosts=tuple(
            host.strip()
            for host in variables.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
            if host.strip()
        ),
    )


def _own_key(data_dir: Path) -> str:
    """A random key made on the first embedded start and kept beside the data."""
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return path.read_text(encoding="ascii")
