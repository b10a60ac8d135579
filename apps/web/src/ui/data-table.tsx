"use client";
import {
  type ColumnDef,
  type ColumnVisibilityState,
  columnSizingFeature,
  columnVisibilityFeature,
  createSortedRowModel,
  type RowSelectionState,
  rowSelectionFeature,
  rowSortingFeature,
  type SortingState,
  sortFn_alphanumeric,
  sortFn_basic,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp, ChevronsUpDown, Loader2 } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { cn } from "@/lib/cn";
import { Checkbox } from "@/ui/checkbox";

/** What a column may say about its looks beside the library's own fields. */
export interface ColumnLook {
  /** Numbers stand at the right. */
  readonly align?: "right";
  /** The column shrinks and grows with the table; others keep their `size` in pixels. At least one should. */
  readonly grow?: boolean;
  /** Its name in the column menu when `header` is not a string. */
  readonly label?: string;
}

const features = tableFeatures({
  rowSortingFeature,
  rowSelectionFeature,
  columnVisibilityFeature,
  columnSizingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric, basic: sortFn_basic },
  columnMeta: {} as ColumnLook,
});

/**
 * A column of a {@link DataTable}: `{ id, header, accessorFn | accessorKey, cell: ({ row }) => …row.original…, size, enableSorting, meta }`.
 * Define columns at module scope; a new array on every render rebuilds the table.
 */
// biome-ignore lint/suspicious/noExplicitAny: the value type differs from column to column, and the library's types are invariant in it
export type DataColumn<Row extends object> = ColumnDef<typeof features, Row, any>;

export interface DataTableProps<Row extends object> {
  /** Names the table for screen readers, e.g. "Lights". */
  readonly label: string;
  readonly columns: readonly DataColumn<Row>[];
  readonly rows: readonly Row[];
  readonly rowId: (row: Row) => string;
  /** All rows there are on the server; more than `rows` when pages are still to come. */
  readonly total?: number;
  readonly rowHeight?: number;
  /** Controlled sorting. With `onSortingChange` the rows are expected to come sorted; without it they are sorted here. */
  readonly sorting?: SortingState;
  readonly onSortingChange?: (sorting: SortingState) => void;
  /** Ids of selected rows; with `onSelectionChange` a column of checkboxes appears. */
  readonly selection?: ReadonlySet<string>;
  readonly onSelectionChange?: (selection: ReadonlySet<string>) => void;
  /** What a row is called in its checkbox's label. */
  readonly rowLabel?: (row: Row) => string;
  readonly columnVisibility?: ColumnVisibilityState;
  /** Opens a row on click (not on its links and buttons). Give the first column a link too: that is the keyboard's way. */
  readonly onRowClick?: (row: Row) => void;
  readonly hasMore?: boolean;
  readonly loadingMore?: boolean;
  readonly onEndReached?: () => void;
  /** Shown instead of rows when there are none. */
  readonly empty?: ReactNode;
  readonly className?: string;
}

const overscanRows = 12;
/** More columns ask for a wider table than the page has: then it scrolls sideways inside its frame. */
const growMinimumPixels = 160;

/** A table for thousands of rows: only the visible ones are in the document, and more are fetched when the end comes near. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { columns, rows, rowId, rowHeight = 37, selection, onSelectionChange, onEndReached } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rowSelection: RowSelectionState = {};
  for (const id of selection ?? []) rowSelection[id] = true;

  const table = useTable({
    features,
    columns: columns as DataColumn<Row>[],
    data: rows as Row[],
    getRowId: rowId,
    enableSortingRemoval: false,
    ...(props.onSortingChange ? { manualSorting: true } : {}),
    enableRowSelection: onSelectionChange !== undefined,
    ...(props.onSortingChange
      ? {
          onSortingChange: (updater: SortingState | ((old: SortingState) => SortingState)) =>
            props.onSortingChange?.(typeof updater === "function" ? updater(props.sorting ?? []) : updater),
        }
      : {}),
    state: {
      rowSelection,
      columnVisibility: props.columnVisibility ?? {},
      ...(props.sorting ? { sorting: props.sorting } : {}),
    },
    onRowSelectionChange: (updater) => {
      const next = typeof updater === "function" ? updater(rowSelection) : updater;
      onSelectionChange?.(new Set(Object.keys(next).filter((id) => next[id])));
    },
  });

  const shown = table.getRowModel().rows;
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: overscanRows,
    getItemKey: (index) => shown[index]?.id ?? index,
    // Lets the server's render and the first paint show rows before the scroller has been measured.
    initialRect: { width: 0, height: 800 },
  });
  const visible = virtualizer.getVirtualItems();
  const last = visible.at(-1)?.index ?? -1;
  const nearEnd = props.hasMore === true && !props.loadingMore && last >= shown.length - 1 - overscanRows;
  useEffect(() => {
    if (nearEnd) onEndReached?.();
  }, [nearEnd, onEndReached]);

  const selectable = onSelectionChange !== undefined;
  const leafColumns = table.getVisibleLeafColumns();
  const minimumWidth =
    leafColumns.reduce(
      (sum, column) =>
        sum + (column.columnDef.meta?.grow ? Math.max(growMinimumPixels, column.getSize()) : column.getSize()),
      0,
    ) + (selectable ? 40 : 0);
  const before = visible[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (visible.at(-1)?.end ?? 0);
  const allSelected = shown.length > 0 && shown.every((row) => rowSelection[row.id]);
  const someSelected = !allSelected && shown.some((row) => rowSelection[row.id]);

  return (
    <section
      ref={scroller}
      className={cn("relative min-h-0 overflow-auto", props.className)}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard to be scrolled by it
      tabIndex={0}
      aria-label={`${props.label}, scrollable`}
    >
      <table
        aria-label={props.label}
        aria-rowcount={(props.total ?? shown.length) + 1}
        className="w-full table-fixed border-separate border-spacing-0 text-sm"
        style={{ minWidth: minimumWidth }}
      >
        <colgroup>
          {selectable ? <col style={{ width: 40 }} /> : null}
          {leafColumns.map((column) => (
            <col key={column.id} style={column.columnDef.meta?.grow ? {} : { width: column.getSize() }} />
          ))}
        </colgroup>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} aria-rowindex={1}>
              {selectable ? (
                <th scope="col" className="sticky top-0 z-10 h-9 border-b bg-surface px-3 text-left">
                  <Checkbox
                    aria-label={allSelected ? "Select none" : "Select all loaded rows"}
                    checked={allSelected ? true : someSelected ? "indeterminate" : false}
                    onCheckedChange={(checked) =>
                      onSelectionChange?.(checked === true ? new Set(shown.map((row) => row.id)) : new Set())
                    }
                  />
                </th>
              ) : null}
              {group.headers.map((header) => {
                const sorted = header.column.getIsSorted();
                const right = header.column.columnDef.meta?.align === "right";
                return (
                  <th
                    key={header.id}
                    scope="col"
                    aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : undefined}
                    className={cn(
                      "sticky top-0 z-10 h-9 border-b bg-surface px-3 text-left text-xs font-medium text-muted-foreground",
                      right && "text-right",
                    )}
                  >
                    {header.column.getCanSort() ? (
                      <button
                        type="button"
                        onClick={header.column.getToggleSortingHandler()}
                        className={cn(
                          "inline-flex max-w-full items-center gap-1 rounded-sm hover:text-foreground",
                          sorted && "text-foreground",
                        )}
                      >
                        <span className="truncate">
                          <table.FlexRender header={header} />
                        </span>
                        {sorted === "asc" ? (
                          <ArrowUp className="size-3.5 shrink-0" aria-hidden="true" />
                        ) : sorted === "desc" ? (
                          <ArrowDown className="size-3.5 shrink-0" aria-hidden="true" />
                        ) : (
                          <ChevronsUpDown className="size-3.5 shrink-0 opacity-50" aria-hidden="true" />
                        )}
                      </button>
                    ) : (
                      <span className="block truncate">
                        <table.FlexRender header={header} />
                      </span>
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        {before > 0 ? <Gap height={before} /> : null}
        <tbody>
          {visible.map((item) => {
            const row = shown[item.index];
            if (row === undefined) return null;
            const selected = rowSelection[row.id] === true;
            return (
              <tr
                key={row.id}
                aria-rowindex={item.index + 2}
                aria-selected={selectable ? selected : undefined}
                data-row-id={row.id}
                className={cn(
                  "group",
                  props.onRowClick && "cursor-pointer",
                  selected ? "bg-lamp-soft" : "hover:bg-surface-muted/70",
                )}
                onClick={(event) => {
                  if (props.onRowClick === undefined) return;
                  if ((event.target as HTMLElement).closest("a,button,input,label,[role=checkbox],[role=menuitem]"))
                    return;
                  props.onRowClick(row.original);
                }}
              >
                {selectable ? (
                  <td className="border-b px-3" style={{ height: rowHeight }}>
                    <Checkbox
                      aria-label={`Select ${props.rowLabel?.(row.original) ?? row.id}`}
                      checked={selected}
                      onCheckedChange={(checked) => {
                        const next = new Set(selection);
                        if (checked === true) next.add(row.id);
                        else next.delete(row.id);
                        onSelectionChange?.(next);
                      }}
                    />
                  </td>
                ) : null}
                {row.getVisibleCells().map((cell) => (
                  <td
                    key={cell.id}
                    className={cn(
                      "truncate border-b px-3",
                      cell.column.columnDef.meta?.align === "right" && "text-right tabular-nums",
                    )}
                    style={{ height: rowHeight }}
                  >
                    <table.FlexRender cell={cell} />
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
        {after > 0 ? <Gap height={after} /> : null}
      </table>
      {shown.length === 0 ? <div className="sticky left-0">{props.empty}</div> : null}
      {props.loadingMore ? (
        <div
          role="status"
          className="sticky left-0 flex items-center justify-center gap-2 p-3 text-xs text-muted-foreground"
        >
          <Loader2 className="size-4 animate-spin" aria-hidden="true" />
          Loading more
        </div>
      ) : null}
    </section>
  );
}

/** Stands for the rows that are not in the document. */
function Gap({ height }: { readonly height: number }) {
  return (
    <tbody aria-hidden="true">
      <tr>
        <td style={{ height }} />
      </tr>
    </tbody>
  );
}
