/** The tool bar under the images. */
import { Menu, Slider, UnstyledButton } from '@mantine/core';
import {
  IconAdjustments,
  IconAngle,
  IconArrowBackUp,
  IconArrowForwardUp,
  IconArrowsMove,
  IconCircle,
  IconColumns2,
  IconContrast,
  IconFlipHorizontal,
  IconFlipVertical,
  IconHeart,
  IconHistory,
  IconLink,
  IconMaximize,
  IconNote,
  IconPlayerPlay,
  IconPointer,
  IconRectangle,
  IconRotate,
  IconRotateClockwise,
  IconRuler2,
  IconSquare,
  IconTextCaption,
  IconTrash,
  IconZoomIn,
  IconZoomScan,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import componentClasses from '../components/components.module.css';
import { ToolButton } from '../components/tool-button.tsx';
import ecgClasses from '../ecg/ecg.module.css';
import classes from './radiograph.module.css';
import { TOOLS, type Tool } from './tools/tools.ts';
import type { EvidenceMap } from './view/draw-image.ts';

const ICONS: Record<Tool, ReactNode> = {
  window: <IconContrast size={16} />,
  pan: <IconArrowsMove size={16} />,
  zoom: <IconZoomIn size={16} />,
  magnifier: <IconZoomScan size={16} />,
  length: <IconRuler2 size={16} />,
  angle: <IconAngle size={16} />,
  'cardiothoracic-ratio': <IconHeart size={16} />,
  rectangle: <IconRectangle size={16} />,
  ellipse: <IconCircle size={16} />,
  probe: <IconPointer size={16} />,
  note: <IconNote size={16} />,
};

export interface ImageCommands {
  fit: () => void;
  lifeSize: (() => void) | null;
  invert: () => void;
  turn: (quarters: 1 | -1) => void;
  flip: (axis: 'horizontal' | 'vertical') => void;
  text: () => void;
  undo: (() => void) | null;
  redo: (() => void) | null;
  remove: (() => void) | null;
  cine: (() => void) | null;
  one: () => void;
  /** Null where the study holds one image only. */
  two: (() => void) | null;
  /** Studies of the same patient that can stand beside, newest first. */
  priors: readonly { name: string; shown: boolean; choose: () => void }[];
  link: (() => void) | null;
}

/** What is shown: one image, two of the study, or one with a prior beside it. */
export type Layout = 'one' | 'two' | 'prior';

interface ImageToolsProps {
  tool: Tool;
  onTool: (tool: Tool) => void;
  commands: ImageCommands;
  playing: boolean;
  layout: Layout;
  linked: boolean;
  showText: boolean;
  presets: readonly { name: string; choose: () => void }[];
  evidence: EvidenceMap | null;
  onEvidence: (evidence: EvidenceMap) => void;
}

export function ImageTools(props: ImageToolsProps) {
  const { tool, commands, evidence } = props;
  const optional = (
    run: (() => void) | null,
    label: string,
    key: string,
    icon: ReactNode,
    pressed?: boolean,
  ) => (
    <ToolButton
      label={label}
      shortcut={key}
      disabled={run === null}
      pressed={pressed}
      onClick={() => run?.()}
    >
      {icon}
    </ToolButton>
  );
  return (
    <div className={ecgClasses.tools} role="toolbar" aria-label="Image tools">
      {TOOLS.map(({ tool: each, label, key }) => (
        <ToolButton
          key={each}
          label={label}
          shortcut={key}
          pressed={tool === each}
          onClick={() => props.onTool(each)}
        >
          {ICONS[each]}
        </ToolButton>
      ))}
      <span className={ecgClasses.divider} />
      <Menu shadow="none" position="top-start">
        <Menu.Target>
          <UnstyledButton className={componentClasses.tool} aria-label="Window presets">
            <IconAdjustments size={16} />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          {props.presets.map(({ name, choose }, i) => (
            <Menu.Item key={name} onClick={choose} rightSection={i < 9 ? String(i + 1) : null}>
              {name}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {optional(commands.invert, 'Invert', 'i', <span aria-hidden="true">◑</span>)}
      {optional(commands.fit, 'Fit', '=', <IconMaximize size={16} />)}
      {optional(commands.lifeSize, 'Life size', 't', <span aria-hidden="true">1:1</span>)}
      {optional(() => commands.turn(-1), 'Turn left', 'l', <IconRotate size={16} />)}
      {optional(() => commands.turn(1), 'Turn right', 'r', <IconRotateClockwise size={16} />)}
      {optional(
        () => commands.flip('horizontal'),
        'Flip left to right',
        'h',
        <IconFlipHorizontal size={16} />,
      )}
      {optional(() => commands.flip('vertical'), 'Flip top to bottom', 'v', <IconFlipVertical size={16} />)}
      {optional(commands.text, 'Text on the image', 'x', <IconTextCaption size={16} />, props.showText)}
      <span className={ecgClasses.divider} />
      {optional(commands.undo, 'Undo', 'mod+z', <IconArrowBackUp size={16} />)}
      {optional(commands.redo, 'Redo', 'mod+shift+z', <IconArrowForwardUp size={16} />)}
      {optional(commands.remove, 'Delete the selected drawing', 'Delete', <IconTrash size={16} />)}
      <span className={ecgClasses.divider} />
      {optional(commands.cine, 'Play', 'c', <IconPlayerPlay size={16} />, props.playing)}
      <ToolButton label="One image" pressed={props.layout === 'one'} onClick={commands.one}>
        <IconSquare size={16} />
      </ToolButton>
      {optional(
        commands.two,
        'Two images of the study',
        'g',
        <IconColumns2 size={16} />,
        props.layout === 'two',
      )}
      <Menu shadow="none" position="top-start" disabled={commands.priors.length === 0}>
        <Menu.Target>
          <UnstyledButton
            className={componentClasses.tool}
            aria-label="Prior beside"
            aria-pressed={props.layout === 'prior'}
            title="Prior beside, y"
            disabled={commands.priors.length === 0}
          >
            <IconHistory size={16} />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          {commands.priors.map(({ name, shown, choose }) => (
            <Menu.Item key={name} onClick={choose} aria-current={shown}>
              {name}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {optional(commands.link, 'Move both together', 'j', <IconLink size={16} />, props.linked)}
      {evidence !== null && (
        <span className={classes.evidence}>
          <ToolButton
            label="Where the answer comes from"
            shortcut="s"
            pressed={evidence.kind === 'saliency'}
            onClick={() => props.onEvidence(toggledEvidence(evidence, 'saliency'))}
          >
            Evidence
          </ToolButton>
          <ToolButton
            label="How far the samples disagree about it"
            shortcut="shift+s"
            pressed={evidence.kind === 'deviation'}
            onClick={() => props.onEvidence(toggledEvidence(evidence, 'deviation'))}
          >
            Its doubt
          </ToolButton>
          {evidence.kind !== 'none' && (
            <Slider
              className={classes.opacity}
              size="xs"
              label={null}
              thumbLabel="Opacity of the map"
              min={10}
              max={100}
              value={Math.round(evidence.opacity * 100)}
              onChange={(value) => props.onEvidence({ ...evidence, opacity: value / 100 })}
            />
          )}
        </span>
      )}
      <span className={classes.hint}>{TOOLS.find(({ tool: each }) => each === tool)?.hint}</span>
    </div>
  );
}

const FIRST_OPACITY = 0.5;

export function toggledEvidence(evidence: EvidenceMap, kind: 'saliency' | 'deviation'): EvidenceMap {
  if (evidence.kind === kind) return { kind: 'none' };
  return { kind, opacity: evidence.kind === 'none' ? FIRST_OPACITY : evidence.opacity };
}
