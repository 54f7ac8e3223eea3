"""Files of cases: received and looked into, sealed into a storage, and read from it again; knows no case and no rows."""
