"""What a load balancer asks: whether the process is up, and whether it can serve."""

from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mptf_portal.snapshot import READ


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer that the process is up; asks nothing of the database."""
    return JsonResponse({"status": "up"})


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when both database aliases answer and every migration is applied, else 503."""
    try:
        with connections[READ].cursor() as cursor:
            cursor.execute("SELECT 1")
        executor = MigrationExecutor(connections["default"])
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return JsonResponse({"status": "database cannot be reached"}, status=503)
    if waiting:
        return JsonResponse({"status": "migrations wait"}, status=503)
    return JsonResponse({"status": "ready"})
