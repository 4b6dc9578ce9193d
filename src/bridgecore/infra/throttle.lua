-- Counts one sign-in attempt against an account and an address, unless either has to wait.
--
-- KEYS  1 the account, 2 the address
-- ARGV  1 window in seconds, 2 first delay in seconds, 3 free attempts of the account, 4 of the
--       address, 5 Unix seconds, '' = the server's clock
--
-- Answers milliseconds to wait; 0 means the attempt may go on and is counted.
local time = redis.call('TIME')
local now = tonumber(ARGV[5]) or (time[1] + time[2] / 1000000)
local window, first = tonumber(ARGV[1]), tonumber(ARGV[2])

local wait, counts = 0, {}
for i, key in ipairs(KEYS) do
  local held = redis.call('HMGET', key, 'count', 'until')
  counts[i] = tonumber(held[1] or 0)
  wait = math.max(wait, tonumber(held[2] or 0) - now)
end
if wait > 0 then return math.ceil(wait * 1000) end

for i, key in ipairs(KEYS) do
  local count = counts[i] + 1
  local over = count - tonumber(ARGV[2 + i])
  local delay = over < 0 and 0 or math.min(window, first * 2 ^ math.min(over, 30))
  redis.call('HSET', key, 'count', count, 'until', string.format('%.6f', now + delay))
  redis.call('EXPIRE', key, window)
end
return 0
