class _Templates:
    default: str | None

templates: _Templates
