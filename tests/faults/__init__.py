"""What happens when something breaks: real PostgreSQL, Redis and worker processes, in an installation of their own."""
