from typing import Any

class ModelResource:
    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None: ...
