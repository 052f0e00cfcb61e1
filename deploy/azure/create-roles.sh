#!/usr/bin/env bash
# Creates the custom roles of this folder in a subscription, and gives the operator's identity what it needs there.
#
#   create-roles.sh SUBSCRIPTION RESOURCE_GROUP OBJECT_ID
#
# OBJECT_ID is that of the operator's service principal (not its application's). Needs az, signed in as Owner or User
# Access Administrator of the subscription. Run again it updates the roles and makes no assignment twice.
set -euo pipefail
if (($# != 3)); then
  sed -n '2,7p' "$0" >&2
  exit 2
fi
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
subscription=/subscriptions/$1
group=$subscription/resourceGroups/$2
principal=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Logic App Contributor, which is what `Edit` gives.
edit=87a39d53-fc1b-424a-814c-f7e04687dc9e

id_of() {
  az role definition list --subscription "$1" --custom-role-only true --name "$2" --query '[0].name' --output tsv
}

# Prints the GUID of the role that a file describes, created or brought up to date.
role() {
  local definition=$scratch/$1.json name verb=create
  sed "s|/subscriptions/00000000-0000-0000-0000-000000000000|$subscription|" "$folder/$1.json" >"$definition"
  name=$(sed -n 's/^  "Name": "\(.*\)",$/\1/p' "$definition")
  if [[ -n $(id_of "${subscription##*/}" "$name") ]]; then
    verb=update
  fi
  az role definition "$verb" --role-definition "@$definition" --query name --output tsv
}

assign() {
  az role assignment create --assignee-object-id "$principal" --assignee-principal-type ServicePrincipal \
    --role "$1" --scope "$2" "${@:3}" --output none
}

use=$(role use)
connections=$(role make-connections)
register=$(role register)
protect=$(role protect)
share=$(role share)

# It may hand out these two roles, and no others: not Owner, and not its own.
sed "s/ROLES/$use, $edit/" "$folder/condition.txt" >"$scratch/condition"
assign "$register" "$group"
assign "$protect" "$subscription"
assign "$share" "$group" --condition "$(cat "$scratch/condition")" --condition-version 2.0

cat <<TEXT
The operator may register and share in $group.
For the backend's spec.sharing.roles:

  - name: Use
    roleDefinitionId: $use

Users who make connections need the role $connections (Connection Author) where they make them.
TEXT
