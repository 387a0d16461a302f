DROP TABLE consumptions, meter_usage, subscriptions, plans, services;
