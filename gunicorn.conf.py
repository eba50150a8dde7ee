"""How gunicorn serves Dabiao; it reads this file where it starts."""


def post_worker_init(_worker: object) -> None:
    """A process that begins is at home before it answers."""
    from config.warming import warm_up  # not before the application is there

    warm_up()
