-- Argo CD's health of the three kinds. The generation comes before the conditions: those of an earlier spec say
-- nothing about this one.
local found = {}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    if condition.status == "True" or condition.type == "Ready" then
      found[condition.type] = condition
    end
  end
end

local function health(status, condition, otherwise)
  if condition ~= nil and condition.message ~= nil and condition.message ~= "" then
    return { status = status, message = condition.message }
  end
  return { status = status, message = otherwise }
end

if obj.metadata.deletionTimestamp ~= nil then
  if found.Stalled ~= nil then
    return health("Degraded", found.Stalled, "Deletion is held")
  end
  return health("Progressing", found.Reconciling, "Being deleted")
end
if obj.spec ~= nil and obj.spec.suspend == true then
  return health("Suspended", nil, "spec.suspend is true")
end
if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return health("Progressing", nil, "This generation has not been judged yet")
end
if found.Stalled ~= nil then
  return health("Degraded", found.Stalled, "Stalled")
end
if found.Reconciling ~= nil then
  return health("Progressing", found.Reconciling, "Reconciling")
end
if found.Ready == nil then
  return health("Progressing", nil, "Not ready yet")
end
if found.Ready.status == "True" then
  return health("Healthy", found.Drifted or found.Ready, "Ready")
end
return health("Degraded", found.Ready, "Not ready")
