DROP TABLE remembered, mails;
