DROP TABLE audit_personal, audit_entries;
