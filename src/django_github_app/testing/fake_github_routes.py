"""Every endpoint of the fake GitHub, in one table."""

from __future__ import annotations

from .fake_github_app import routes as app_routes
from .fake_github_comments import routes as comment_routes
from .fake_github_contents import routes as content_routes
from .fake_github_graphql import routes as graphql_routes
from .fake_github_issue_routes import routes as issue_routes
from .fake_github_pull_routes import routes as pull_routes
from .fake_github_rest import routes as rest_routes
from .fake_github_search import routes as search_routes
from .fake_github_server import Routes

routes = Routes()
for table in (
    app_routes,
    rest_routes,
    issue_routes,
    pull_routes,
    comment_routes,
    content_routes,
    search_routes,
    graphql_routes,
):
    routes.entries.extend(table.entries)
