-- Signing in with an account elsewhere (OpenID Connect): who is whom, and what is under way.
CREATE TABLE identity (
    issuer       text NOT NULL,
    subject      text NOT NULL,
    account_id   bigint NOT NULL,
    shown_as     text NOT NULL,                          -- the mail address or name it had when it was connected
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    PRIMARY KEY (issuer, subject),
    UNIQUE (account_id, issuer)
);

-- From the button to the way back, and from there to a new account: each is used once.
CREATE TABLE sign_on_attempt (
    state_hash   bytea PRIMARY KEY,
    browser_hash bytea NOT NULL,                         -- the way back counts in the browser that set out
    nonce        text NOT NULL,
    verifier     text NOT NULL,                          -- of PKCE
    next         text NOT NULL,
    invite       text NOT NULL,
    account_id   bigint,                                 -- who wants to connect theirs; NULL = somebody signs in
    created_at   timestamptz NOT NULL
);
CREATE TABLE sign_on_ticket (
    token_hash   bytea PRIMARY KEY,
    claims       jsonb NOT NULL,
    next         text NOT NULL,
    invite       text NOT NULL,
    created_at   timestamptz NOT NULL
);
