import type { ReactNode } from "react";

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const SunIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="2.8" />
    <path d="M8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.600l1-1M11.6 4.400l1-1" />
  </Icon>
);

export const MoonIcon = () => (
  <Icon>
    <path d="M13.3 9.700A5.7 5.7 0 0 1 6.3 2.700a5.7 5.7 0 1 0 7 7z" />
  </Icon>
);

export const AutoIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.7" />
    <path d="M8 2.300a5.7 5.7 0 0 1 0 11.400z" fill="currentColor" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
    <path d="M10.5 5.500V4A1.5 1.5 0 0 0 9 2.500H4A1.5 1.5 0 0 0 2.5 4v5A1.5 1.5 0 0 0 4 10.500h1.5" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="M3 8.500l3.2 3.200L13 4.8" />
  </Icon>
);

export const ZoomInIcon = () => (
  <Icon>
    <circle cx="7" cy="7" r="4.5" />
    <path d="M10.3 10.300L14 14M7 5v4M5 7h4" />
  </Icon>
);

export const ZoomOutIcon = () => (
  <Icon>
    <circle cx="7" cy="7" r="4.5" />
    <path d="M10.3 10.300L14 14M5 7h4" />
  </Icon>
);

export const LeftIcon = () => (
  <Icon>
    <path d="M10 3.500L5.5 8l4.5 4.5" />
  </Icon>
);

export const RightIcon = () => (
  <Icon>
    <path d="M6 3.500L10.5 8L6 12.5" />
  </Icon>
);

export const DownIcon = () => (
  <Icon>
    <path d="M3.5 6L8 10.500L12.5 6" />
  </Icon>
);

export const UpIcon = () => (
  <Icon>
    <path d="M3.5 10L8 5.500L12.5 10" />
  </Icon>
);

export const ClockIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.7" />
    <path d="M8 4.800V8l2.200 1.600" />
  </Icon>
);

export const DownloadIcon = () => (
  <Icon>
    <path d="M8 2.500v7.500M4.800 7L8 10.200L11.2 7M3 13.300h10" />
  </Icon>
);

export const ResetIcon = () => (
  <Icon>
    <path d="M2.5 8A5.5 5.5 0 1 0 4.3 4M2.5 2.500v3h3" />
  </Icon>
);

export const WarningIcon = () => (
  <Icon>
    <path d="M8 2.500L14.2 13.200H1.800zM8 6.500v3M8 11.300v.1" />
  </Icon>
);

export const InfoIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.7" />
    <path d="M8 7.300v3.500M8 5.100v.1" />
  </Icon>
);

export const CriticalIcon = () => (
  <Icon>
    <path d="M5.4 1.800h5.200L14.200 5.400v5.200L10.600 14.200H5.400L1.800 10.600V5.400zM6 6l4 4M10 6l-4 4" />
  </Icon>
);

export const UnknownIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.7" />
    <path d="M6.3 6.600a1.700 1.700 0 1 1 2.500 1.500c-.5.3-.8.6-.8 1.100M8 11.200v.1" />
  </Icon>
);

export const ImportIcon = () => (
  <Icon>
    <path d="M8 2.500v7M5 6.800l3 3 3-3M2.800 10.500v2a1 1 0 0 0 1 1h8.400a1 1 0 0 0 1-1v-2" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="M4 4l8 8M12 4l-8 8" />
  </Icon>
);

export const SearchIcon = () => (
  <Icon>
    <circle cx="7" cy="7" r="4.5" />
    <path d="M10.3 10.300L14 14" />
  </Icon>
);

export const StarIcon = () => (
  <Icon>
    <path d="M8 2l1.800 3.800 4.200.600-3 2.900.700 4.100L8 11.500l-3.700 1.900.700-4.100-3-2.900 4.200-.600z" />
  </Icon>
);

export const StarredIcon = () => (
  <Icon>
    <path d="M8 2l1.800 3.800 4.200.600-3 2.900.700 4.100L8 11.500l-3.700 1.900.700-4.100-3-2.900 4.200-.600z" fill="currentColor" />
  </Icon>
);

export const PencilIcon = () => (
  <Icon>
    <path d="M10.500 3l2.500 2.500L5.800 12.700l-3.100.600.600-3.100z" />
  </Icon>
);

export const MoreIcon = () => (
  <Icon>
    <path d="M3.5 8v.01M8 8v.01M12.5 8v.01" strokeWidth="2.4" />
  </Icon>
);

export const NoteIcon = () => (
  <Icon>
    <path d="M3.500 2.500h9v7.500l-3 3.500h-6zM9.500 13.500V10h3M6 5.500h4M6 8h2.500" />
  </Icon>
);

export const PinIcon = () => (
  <Icon>
    <path d="M6 2.500h4l-.500 4 2 2.500h-7l2-2.500zM8 9v4.500" />
  </Icon>
);

export const ColumnsIcon = () => (
  <Icon>
    <rect x="2.500" y="3" width="11" height="10" rx="1.500" />
    <path d="M6.200 3v10M9.800 3v10" />
  </Icon>
);

export const CompareIcon = () => (
  <Icon>
    <path d="M2.500 12.500c3 0 3-8 5.500-8s2.500 4 5.500 4M2.500 9c3 0 3-5.500 5.500-5.500" />
  </Icon>
);

export const TagIcon = () => (
  <Icon>
    <path d="M2.500 2.500h5.300l5.700 5.700-5.300 5.300-5.700-5.700zM5.500 5.500v.1" />
  </Icon>
);

export const ArchiveIcon = () => (
  <Icon>
    <path d="M2.500 3h11v3h-11zM3.500 6v7h9V6M6.500 8.800h3" />
  </Icon>
);

export const TrashIcon = () => (
  <Icon>
    <path d="M2.800 4.500h10.400M6 4.500v-2h4v2M4 4.500l.6 9h6.800l.6-9M6.700 7v4M9.300 7v4" />
  </Icon>
);

export const PlayIcon = () => (
  <Icon>
    <path d="M5 3.200v9.600L12.500 8z" />
  </Icon>
);

export const PauseIcon = () => (
  <Icon>
    <path d="M5.500 3.500v9M10.500 3.500v9" />
  </Icon>
);

export const StopIcon = () => (
  <Icon>
    <rect x="3.5" y="3.5" width="9" height="9" rx="1.5" />
  </Icon>
);

export const SlidersIcon = () => (
  <Icon>
    <path d="M2 4.500h6.500M12.500 4.500H14M2 11.500h1.500M7.500 11.500H14" />
    <circle cx="10.5" cy="4.5" r="1.8" />
    <circle cx="5.5" cy="11.5" r="1.8" />
  </Icon>
);

export const FlagIcon = () => (
  <Icon>
    <path d="M4 14V2.500h7.500l-1.600 2.700 1.600 2.800H4" />
  </Icon>
);

export const BookmarkIcon = () => (
  <Icon>
    <path d="M4 2.500h8v11l-4-2.800-4 2.800z" />
  </Icon>
);

export const ScreenIcon = () => (
  <Icon>
    <rect x="1.8" y="2.8" width="12.4" height="8.4" rx="1.2" />
    <path d="M5.5 13.700h5" />
  </Icon>
);

export const LogoIcon = () => (
  <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" fill="#1d4ed8" />
    <path d="M5.5 24C9 24 9.5 10 13 10s3.5 9.5 7 9.500S23.5 8 26 8" fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" />
    <circle cx="26" cy="8.2" r="2.7" fill="#fbbf24" />
  </svg>
);
