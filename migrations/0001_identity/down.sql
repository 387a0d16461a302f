DROP TABLE mailed_tokens, refresh_tokens, sessions, users;
