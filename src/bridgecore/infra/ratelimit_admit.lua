-- Admits or refuses calls of a tenant, and counts them, in one step.
--
-- Callers that ask the same at the same moment ask together: as many of them are admitted as fit.
--
-- KEYS[1]   hash of the tenant's state; KEYS[2..] revocation keys of the caller's token
-- ARGV      1 prefix of the tenant's counters   2 of the person's counters; '' = not counted there
--           3 weight of each call               4 when the token was issued, '' = has no such time
--           5 version of the state the caller knows   6 Unix seconds, '' = the server's clock
--           7 how many calls
--
-- Counter keys carry the window number of the server's clock, so they are made here; they share
-- the {tenant id} of KEYS[1] and so its cluster slot.
--
-- Answers {kind, now, generation, version, used x5, limit x5, admitted [, status, epoch, blob]}; -1
-- is "not counted" or "unlimited"; the last three only when the caller knows another version.
local MISSING, ADMITTED, LIMITED, REVOKED, INACTIVE = 0, 1, 2, 3, 4
local PERIODS = {3600, 86400, 10, 3600, 10}
local KEPT = {7200, 180000, 20, 7200, 20}
local LABELS = {':hour:', ':day:', ':burst:', ':hour:', ':burst:'}

local state = redis.call('HMGET', KEYS[1], 'status', 'epoch', 'generation', 'version',
  'tenant_hour', 'tenant_day', 'tenant_burst', 'user_hour', 'user_burst')
local status = state[1]
if not status then return {MISSING} end

local weight = tonumber(ARGV[3])
local issued = tonumber(ARGV[4])
local now = tonumber(ARGV[6]) or tonumber(redis.call('TIME')[1])
local admitted = tonumber(ARGV[7])

local function answer(kind, used, count)
  local told = {kind, now, tonumber(state[3]), tonumber(state[4])}
  for i = 1, 5 do
    told[4 + i] = used[i] or -1
    told[9 + i] = tonumber(state[4 + i])
  end
  told[15] = count
  if state[4] ~= ARGV[5] then
    told[16] = status
    told[17] = tonumber(state[2])
    told[18] = redis.call('HGET', KEYS[1], 'blob')
  end
  return told
end

if status ~= 'active' and status ~= 'trial' then return answer(INACTIVE, {}, 0) end

if issued and tonumber(state[2]) > issued then return answer(REVOKED, {}, 0) end
if #KEYS > 1 then
  for _, mark in ipairs(redis.call('MGET', unpack(KEYS, 2))) do
    -- A number ends what was issued before it; any other mark ends everything.
    if mark and (tonumber(mark) or math.huge) > (issued or -1) then return answer(REVOKED, {}, 0) end
  end
end

local keys, windows = {}, {}
for i = 1, 5 do
  local prefix = i <= 3 and ARGV[1] or ARGV[2]
  -- The tenant's hour and day are counted without a limit too: usage is read from them.
  if prefix ~= '' and (i <= 2 or tonumber(state[4 + i]) >= 0) then
    keys[#keys + 1] = prefix .. LABELS[i] .. string.format('%d', math.floor(now / PERIODS[i]))
    windows[#windows + 1] = i
  end
end

local used = {}
if #keys == 0 then return answer(ADMITTED, used, admitted) end
for j, count in ipairs(redis.call('MGET', unpack(keys))) do
  local i = windows[j]
  local limit = tonumber(state[4 + i])
  used[i] = tonumber(count or 0)
  if limit >= 0 then admitted = math.min(admitted, math.floor((limit - used[i]) / weight)) end
end
if admitted < 1 then return answer(LIMITED, used, 0) end

for j, key in ipairs(keys) do
  local i = windows[j]
  used[i] = redis.call('INCRBY', key, weight * admitted)
  if used[i] == weight * admitted then redis.call('EXPIRE', key, KEPT[i]) end
end
return answer(ADMITTED, used, admitted)
