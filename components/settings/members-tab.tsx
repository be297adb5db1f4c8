"use client";
import { Button, Menu, MultiSelect, Text } from "@mantine/core";
import { IconDots, IconLink, IconPlus, IconUserMinus, IconUsers } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useSession } from "#components/shell/session.tsx";
import { ConfirmByTyping } from "#components/ui/confirm-by-typing.tsx";
import { type DataColumn, DataTable } from "#components/ui/data-table.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { notifyDone, notifyError } from "#components/ui/notify.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { roleName } from "#components/ui/role-name.ts";
import { Section } from "#components/ui/section.tsx";
import { TableSkeleton } from "#components/ui/table-skeleton.tsx";
import { LinkOnce } from "./link-once.tsx";
import { MEMBER_ROLES, NewMember } from "./new-member.tsx";
import { issueLink, type Member, membersQuery, refresh, removeMember, updateMember } from "./queries.ts";
import classes from "./settings.module.css";

/** Who belongs to the tenant and what they may do. */
export function MembersTab() {
  const client = useQueryClient();
  const { user } = useSession();
  const list = useQuery(membersQuery());
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Member>();
  const [link, setLink] = useState<{ email: string; url: string }>();
  const change = useMutation({
    mutationFn: ({ userId, roles }: Member) => updateMember(userId, roles),
    onSuccess: ({ email }) => notifyDone(`Roles of ${email} were changed`),
    onError: (error) => notifyError("The roles were not changed", error),
    onSettled: () => refresh(client, "members"),
  });
  const issue = useMutation({
    mutationFn: ({ userId }: Member) => issueLink(userId),
    onSuccess: ({ signInUrl }, { email }) => setLink({ email, url: signInUrl }),
    onError: (error) => notifyError("No link was made", error),
  });
  const rows = list.data?.data;
  const add = (
    <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setAdding(true)}>
      Add member
    </Button>
  );
  const columns: DataColumn<Member>[] = [
    {
      id: "who",
      header: "Member",
      sortBy: ({ name, email }) => name ?? email,
      cell: ({ name, email, userId }) => (
        <>
          <Text fw={500} fz="sm" className={classes.address}>
            {name ?? email}
            {userId === user.id ? (
              <Text span c="dimmed" inherit fw={400}>
                {" "}
                (you)
              </Text>
            ) : null}
          </Text>
          {name ? (
            <Text fz="xs" c="dimmed">
              {email}
            </Text>
          ) : null}
        </>
      ),
    },
    {
      id: "roles",
      header: "Roles",
      width: "340px",
      cell: (member) => (
        <MultiSelect
          size="xs"
          aria-label={`Roles of ${member.email}`}
          data={MEMBER_ROLES.map((value) => ({ value, label: roleName(value) }))}
          value={
            change.isPending && change.variables.userId === member.userId
              ? change.variables.roles
              : member.roles
          }
          onChange={(roles) => {
            if (roles.length > 0) change.mutate({ ...member, roles: roles as Member["roles"] });
          }}
        />
      ),
    },
    {
      id: "since",
      header: "Since",
      wideOnly: true,
      sortBy: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => <RelativeTime at={createdAt} />,
    },
    {
      id: "actions",
      header: "Actions",
      hideHeader: true,
      align: "right",
      cell: (member) => (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <Button
              variant="subtle"
              color="gray"
              size="compact-sm"
              px={6}
              aria-label={`Actions for ${member.email}`}
              loading={issue.isPending && issue.variables.userId === member.userId}
            >
              <IconDots size={16} aria-hidden />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconLink size={15} aria-hidden />} onClick={() => issue.mutate(member)}>
              Make a sign-in link
            </Menu.Item>
            <Menu.Item
              color="red"
              leftSection={<IconUserMinus size={15} aria-hidden />}
              onClick={() => setRemoving(member)}
            >
              Remove
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ),
    },
  ];
  return (
    <Section
      title="Members"
      description="Viewers read everything and change nothing. Data engineers build and run pipelines. Admins also manage settings, keys and members."
      actions={rows && rows.length > 0 ? add : undefined}
    >
      {list.error && !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : null}
      {list.isPending ? <TableSkeleton columns={["Member", "Roles", "Since", ""]} rows={3} /> : null}
      {rows?.length === 0 ? (
        <EmptyState
          icon={<IconUsers />}
          title="No members"
          description="Add people so that they can sign in to this tenant."
          action={add}
        />
      ) : null}
      {rows && rows.length > 0 ? (
        <DataTable
          label="Members"
          columns={columns}
          rows={rows}
          rowKey={({ userId }) => userId}
          minWidth={640}
        />
      ) : null}
      {adding ? <NewMember onClose={() => setAdding(false)} /> : null}
      {link ? <LinkOnce email={link.email} url={link.url} onClose={() => setLink(undefined)} /> : null}
      {removing ? (
        <ConfirmByTyping
          title="Remove member"
          name={removing.email}
          verb="Remove"
          onClose={() => setRemoving(undefined)}
          onConfirm={async () => {
            await removeMember(removing.userId);
            await refresh(client, "members");
            notifyDone(`${removing.email} was removed`);
          }}
        >
          They lose access to this tenant with their next request. What they made stays.
        </ConfirmByTyping>
      ) : null}
    </Section>
  );
}
