-- Groups that are there already show the lines that new ones show (decisions D39), in English until they are changed.
UPDATE account
   SET fields = jsonb_build_array(
           jsonb_build_object(
               'name', 'Rules', 'value', account.url,
               'value_html', '<a href="' || account.url || '" rel="nofollow noopener noreferrer">'
                             || jsonb_array_length(profile.rules)
                             || CASE jsonb_array_length(profile.rules) WHEN 1 THEN ' rule' ELSE ' rules' END || '</a>'),
           jsonb_build_object(
               'name', 'Who can post', 'value', posting.rule, 'value_html', posting.rule),
           jsonb_build_object(
               'name', 'Home', 'value', split_part(account.url, '/@', 1) || '/',
               'value_html', '<a href="' || split_part(account.url, '/@', 1) || '/" rel="nofollow noopener noreferrer">'
                             || account.handle_domain || '</a>')),
       version = version + 1
  FROM group_profile profile
  JOIN (VALUES ('members', 'Members'), ('anyone', 'Anyone'), ('facilitators', 'Facilitators'),
               ('first post held', 'Members; a first post is looked at beforehand'),
               ('all held', 'Members; each post is looked at beforehand')) AS posting (name, rule)
    ON posting.name = profile.posting_rule
 WHERE profile.account_id = account.id AND account.is_local AND account.fields = '[]';
