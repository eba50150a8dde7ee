"""How gunicorn serves Dabiao; it reads this file where it starts."""

from config.warming import warm_up


def post_worker_init(_worker: object) -> None:
    """A process that begins is at home before it answers."""
    warm_up()
