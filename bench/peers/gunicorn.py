"""gunicorn for the peers: processes, threads and kept connections as ours, and nothing that belongs to our service."""

from config import gunicorn as ours

worker_class = "gthread"
workers = ours.workers
threads = ours.threads
timeout = ours.timeout
keepalive = ours.keepalive
control_socket_disable = ours.control_socket_disable
worker_tmp_dir = getattr(ours, "worker_tmp_dir", None)
accesslog = None
loglevel = "warning"
