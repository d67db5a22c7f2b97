"""The GraphQL that discussions need, and which requests to the GraphQL endpoint may be repeated. Pure."""

from __future__ import annotations

import json
import re

_COMMENT = "id databaseId body url viewerDidAuthor"

DISCUSSION_COMMENTS = f"""
query($id: ID!, $after: String) {{
  node(id: $id) {{
    ... on Discussion {{
      comments(first: 100, after: $after) {{
        nodes {{ {_COMMENT} replies(last: 100) {{ nodes {{ {_COMMENT} }} }} }}
        pageInfo {{ hasNextPage endCursor }}
      }}
    }}
  }}
}}
"""

ANSWERED_COMMENT = """
query($id: ID!) { node(id: $id) { ... on DiscussionComment { id replyTo { id } } } }
"""

ADD_COMMENT = f"""
mutation($input: AddDiscussionCommentInput!) {{
  addDiscussionComment(input: $input) {{ comment {{ {_COMMENT} }} }}
}}
"""

UPDATE_COMMENT = f"""
mutation($input: UpdateDiscussionCommentInput!) {{
  updateDiscussionComment(input: $input) {{ comment {{ {_COMMENT} }} }}
}}
"""

DELETE_COMMENT = """
mutation($input: DeleteDiscussionCommentInput!) { deleteDiscussionComment(input: $input) { comment { id } } }
"""

ADD_REACTION = """
mutation($input: AddReactionInput!) { addReaction(input: $input) { reaction { content } } }
"""

REMOVE_REACTION = """
mutation($input: RemoveReactionInput!) { removeReaction(input: $input) { reaction { content } } }
"""

REPEATABLE_MUTATIONS = frozenset({UPDATE_COMMENT, ADD_REACTION, REMOVE_REACTION})
"""Those of ours that do no more when they are sent twice."""

# What a document is made of. Possessive: an open string or comment is read once, up to the end.
_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"""|\Z)'
    r'|"(?:[^"\\\n\r]|\\.)*+"?'
    r"|\#[^\n\r]*+"
    r"|[_A-Za-z][_0-9A-Za-z]*+"
    r"|[{}()\[\]]",
    re.DOTALL,
)
_OPENING = {"{": "}", "(": ")", "[": "]"}


def operations(document: str) -> list[tuple[str, str]] | None:
    """Return kind and name of each operation of a document; None when it cannot be read with certainty.

    ``{ viewer { login } }`` is a query without a name. Fragments are no operations.
    """
    found: list[tuple[str, str]] = []
    closing: list[str] = []
    words: list[str] = []  # of the definition whose selection has not begun
    for match in _TOKEN.finditer(document):
        mark = match[0]
        if mark[0] in '"#':
            continue
        if mark in _OPENING:
            if mark == "{" and not closing:
                kind = words[0] if words else "query"
                if kind != "fragment":
                    found.append((kind, words[1] if len(words) > 1 else ""))
                words = []
            closing.append(_OPENING[mark])
        elif mark in "})]":
            if not closing or closing.pop() != mark:
                return None
        elif not closing:
            words.append(mark)
    return None if closing or words else found


def is_query(body: bytes) -> bool:
    """Return whether a request to the GraphQL endpoint certainly changes nothing when it is sent again."""
    try:
        data = json.loads(body)
        document, wanted = data["query"], data.get("operationName")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False
    if not isinstance(document, str):
        return False
    if document in REPEATABLE_MUTATIONS:
        return True
    found = operations(document.removeprefix("\ufeff"))
    if not found:
        return False
    if wanted:
        found = [one for one in found if one[1] == wanted]
    return bool(found) and all(kind == "query" for kind, _ in found)
