from typing import Any

class Env:
    @staticmethod
    def db_url_config(url: str) -> dict[str, Any]: ...
