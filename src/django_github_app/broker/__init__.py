"""Everything that knows Celery and kombu: queues, settings, publishing, schedules, and the worker's consumer."""
