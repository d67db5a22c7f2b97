"""The GraphQL that discussions need."""

from __future__ import annotations

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

ADD_REACTION = """
mutation($input: AddReactionInput!) { addReaction(input: $input) { reaction { content } } }
"""

REMOVE_REACTION = """
mutation($input: RemoveReactionInput!) { removeReaction(input: $input) { reaction { content } } }
"""
