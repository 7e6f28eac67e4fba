"""The page of workers and their queues."""
