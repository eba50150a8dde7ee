class Options:
    locale_code: str | None
    use_24hour_time_format: bool

def get_description(expression: str, options: Options | None = None) -> str: ...
