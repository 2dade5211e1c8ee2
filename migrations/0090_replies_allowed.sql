-- Where the author of what a reply of ours answers says that it may stand there (GoToSocial's replyAuthorization).
ALTER TABLE post ADD COLUMN reply_stamp text;
